"""Localisation (区级本地化): what a district changes of a city theme, what it may, and what becomes of it when the city
changes the theme. Pure: a frozen theme, a localisation and a division in; that division's theme, faults, conflicts."""
