"""The rules of participation as plain functions of plain values."""
