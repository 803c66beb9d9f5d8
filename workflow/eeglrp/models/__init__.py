"""LaBraM behind an adapter: how a network is built, called, saved and loaded, and its windows.

Needs stores of windows, settings of the network, and weights where they are pretrained or trained.
Gives networks and arrays of windows to training and attribution; `weights` and `trained` write
`.safetensors` with a record beside them.
"""
