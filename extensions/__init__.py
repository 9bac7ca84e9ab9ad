"""What the book needs of Sphinx beyond settings: one extension for each job, listed in _config.yml.

addresses    where the book stands online
exercises    exercises and solutions, written in plain Markdown
figures      the scripts of live figures, on the pages that have one
formulas     formulas as MathML, and the font they are drawn with
glossary     links from bold terms to the glossary
icons        of the theme's fonts of icons, those that the book shows
python       Python in the pages, on those that it can run
repairs      what the theme gives no setting for
thebe        leaves out the scripts of sphinx-thebe, which the book does not use
"""
