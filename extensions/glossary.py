"""Links to the glossary: a term in bold, as chapters introduce one, leads to its entry.

Only the first time on a page: a second link to the same place would be noise.
"""

from docutils import nodes


def setup(app):
    app.connect("doctree-resolved", link_terms)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def link_terms(app, doctree, docname):
    terms = {name.lower(): place for (kind, name), place in app.env.domaindata["std"]["objects"].items()
             if kind == "term"}
    for strong in list(doctree.findall(nodes.strong)) if docname.startswith("chapters/") else ():
        target, anchor = terms.pop(strong.astext().lower(), (None, None))
        if target and not isinstance(strong.parent, nodes.reference):
            uri = f"{app.builder.get_relative_uri(docname, target)}#{anchor}"
            strong.replace_self(nodes.reference("", "", strong.deepcopy(), refuri=uri, classes=["term"]))
