"""The screens. Each file here is a page of the menu; `parts/` holds the pieces that pages share. No rule lives here."""
