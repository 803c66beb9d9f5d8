"""Where raw recordings come from: one module a source, behind one registry.

A source needs the settings of its data set and the folder or download that they name; `simulated`
makes its own. It names subjects and files, writes a manifest of each subject, and gives the
recordings with standard channels and annotations.
"""
