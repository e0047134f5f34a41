"""What an official meets first: the home page, made of panels that rooms register."""
