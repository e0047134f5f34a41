"""Which public field an item's field may mean, ranked and with reasons; plain Python without Django.

`words` makes comparable pieces of Chinese labels, `ranking` weighs them together with type, dictionary, the fields
around it and what other forms mean by such a label. It proposes; people decide. How well it does on the two dossiers is
held by the tests in `tests`, what it costs by benchmarks/matching.py (docs/adr/0030).
"""
