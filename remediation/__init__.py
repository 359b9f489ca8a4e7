"""Repairs: plan, approve, apply, verify, undo. Adds only; everything done is journalled and can be taken back."""
