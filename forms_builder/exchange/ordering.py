"""What another tool does to a file without meaning anything by it: keys of objects in the order of the alphabet."""

from typing import Any


def is_alphabetical(tree: Any) -> bool:
    """Whether every object of the tree has its keys in the order of the alphabet, as tools write them."""
    if isinstance(tree, list):
        return all(map(is_alphabetical, tree))
    if not isinstance(tree, dict):
        return True
    return list(tree) == sorted(tree) and all(map(is_alphabetical, tree.values()))


def in_order_of(tree: Any, written: Any) -> Any:
    """The tree with the keys of its objects in the order they were written in, those that came in since at the end."""
    if isinstance(tree, list) and isinstance(written, list):
        return [in_order_of(one, other) for one, other in zip(tree, written, strict=False)] + tree[len(written) :]
    if not isinstance(tree, dict) or not isinstance(written, dict):
        return tree
    known = [key for key in written if key in tree]
    return {
        key: in_order_of(tree[key], written.get(key)) for key in [*known, *(key for key in tree if key not in written)]
    }


def without_order(schema: Any) -> Any:
    """The schema with its choices in one order, for comparing: in which order they stand, checks nothing."""
    if isinstance(schema, list):
        return [without_order(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        keyword: sorted(value, key=repr) if keyword == "enum" and isinstance(value, list) else without_order(value)
        for keyword, value in schema.items()
    }
