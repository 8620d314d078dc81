"""Fridges that do not exist: what stands in them is decided here, Blender takes the picture (`stage`), and what is seen of
each thing is counted in its pixels."""
