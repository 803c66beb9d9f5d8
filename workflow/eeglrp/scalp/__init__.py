"""The scalp: names and places of electrodes, regions, and relevance summed over them.

Needs the channel names of a recording, and maps of relevance as arrays. Gives a recording LaBraM's
names, shares by region and electrode for the tables of other folders, and drawn heads.
"""
