"""Commands are records in one registry; menus, shortcuts and the palette are renderings of it."""
