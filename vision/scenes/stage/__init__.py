"""What runs inside Blender: it builds what a plan says, and takes the picture. Only `main` is started, by `vision.scenes.render`."""
