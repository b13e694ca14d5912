"""The studio: a web page on your own machine where works are made, heard, edited and redone.

`melody.py`, `verse.py` and `script.py` turn wishes into works and pages, without Gradio; `*_tab.py` lay
them out; `app.py` puts the tabs together and serves them.
"""
