"""Disclosure control: tables of children in, tables safe to publish out."""
