"""Where raw recordings come from: one module a source, behind one registry."""
