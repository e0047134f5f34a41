"""What an official meets first: the home page, made of panels that rooms register in `console.panels`.

It knows no room: a panel says for whom it is, what it holds, and where its entries lead.
"""
