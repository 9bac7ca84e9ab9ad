"""Links to the glossary: a term in bold, as chapters introduce one, leads to its entry.

Only the first time on a page: a second link to the same place would be noise.
"""

from docutils import nodes
from sphinx import addnodes


def setup(app):
    app.connect("doctree-resolved", link_terms)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def link_terms(app, doctree, docname):
    terms = {name.lower(): place for (kind, name), place in app.env.domaindata["std"]["objects"].items()
             if kind == "term"}
    # In the single page that `make pdf` prints, each page of the book is a part.
    for part in [doctree, *doctree.findall(addnodes.start_of_file)]:
        name, wanted = part.get("docname", docname), dict(terms)
        for strong in list(part.findall(nodes.strong)) if name.startswith("chapters/") else ():
            target, anchor = wanted.pop(strong.astext().lower(), (None, None))
            if target and not isinstance(strong.parent, nodes.reference):
                uri = f"{app.builder.get_relative_uri(name, target)}#{anchor}"
                strong.replace_self(nodes.reference("", "", strong.deepcopy(), refuri=uri, classes=["term"]))
