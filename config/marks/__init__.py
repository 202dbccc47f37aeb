"""Marks: what people say of series, kept in `tocsin.marks`."""
