"""Divisions (区划), body kinds (机构类别) and departments (部门): who governs where.

Promises: a division's path names all its ancestors; a kind has at most one body per division; a body is one name in one
division; who answers for the items of a kind is a body of the city."""
