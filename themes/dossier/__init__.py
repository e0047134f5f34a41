"""The hand-over format: one file carries a whole theme. Its shape, its own consistency, and its reading into a theme
document whose codes stay local. Pure; what the registers make of it is themes/services/importing.py."""
