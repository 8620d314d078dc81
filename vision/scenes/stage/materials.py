"""Looks as Blender's materials."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from vision.scenes.shapes.labels import picture
from vision.scenes.shapes.looks import Look, Print


class Materials:
    """Those of one scene; equal looks share one."""

    def __init__(self) -> None:
        self.known: dict[Look, Any] = {}
        self.prints: dict[Print, Any] = {}

    def of(self, look: Look) -> Any:
        if look not in self.known:
            self.known[look] = self._made(look)
        return self.known[look]

    def _made(self, look: Look) -> Any:
        material = bpy.data.materials.new("look")
        material.use_nodes = True
        tree = material.node_tree
        shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
        _set(shader, "Base Color", (*look.colour, 1.0))
        _set(shader, "Roughness", look.rough)
        _set(shader, "Metallic", look.metal)
        _set(shader, ("Transmission Weight", "Transmission"), look.clear)
        if look.clear:
            _set(shader, "IOR", 1.15)  # thin walls bend less than a solid block would
        if look.soft:
            _set(shader, ("Subsurface Weight", "Subsurface"), look.soft)
            _set(shader, "Subsurface Radius", (0.004, 0.002, 0.001))
        if look.print:
            self._printed(tree, shader, look.print)
        elif look.spots:
            _spotted(tree, shader, look)
        if look.bumps[1]:
            _bumpy(tree, shader, look.bumps)
        return material

    def _printed(self, tree: Any, shader: Any, label: Print) -> None:
        node = tree.nodes.new("ShaderNodeTexImage")
        node.image = self._image(label)
        node.extension = "REPEAT"
        tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])

    def _image(self, label: Print) -> Any:
        if label not in self.prints:
            pixels = picture(label)
            height, width, _ = pixels.shape
            image = bpy.data.images.new("label", width, height, alpha=False, float_buffer=True)
            full = np.concatenate([pixels, np.ones((height, width, 1), np.float32)], 2)
            image.pixels.foreach_set(np.ascontiguousarray(full, np.float32).ravel())
            image.update()
            self.prints[label] = image
        return self.prints[label]


def _spotted(tree: Any, shader: Any, look: Look) -> None:
    noise, ramp = _noise(tree, look.spots_scale), tree.nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = 0.45, 0.65
    assert look.spots is not None
    ramp.color_ramp.elements[0].color, ramp.color_ramp.elements[1].color = (
        (*look.colour, 1.0),
        (*look.spots, 1.0),
    )
    tree.links.new(noise.outputs[0], ramp.inputs["Fac"])
    tree.links.new(ramp.outputs["Color"], shader.inputs["Base Color"])


def _bumpy(tree: Any, shader: Any, bumps: tuple[float, float]) -> None:
    noise, bump = _noise(tree, bumps[0]), tree.nodes.new("ShaderNodeBump")
    bump.inputs["Strength"].default_value = bumps[1]
    bump.inputs["Distance"].default_value = 0.002
    tree.links.new(noise.outputs[0], bump.inputs["Height"])
    tree.links.new(bump.outputs["Normal"], shader.inputs["Normal"])


def _noise(tree: Any, scale: float) -> Any:
    """In metres of the thing itself."""
    place, noise = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = scale
    noise.inputs["Detail"].default_value = 3
    tree.links.new(place.outputs["Object"], noise.inputs["Vector"])
    return noise


def _set(node: Any, names: str | tuple[str, ...], value: Any) -> None:
    """Blender 4 renamed some inputs."""
    for name in (names,) if isinstance(names, str) else names:
        if name in node.inputs:
            node.inputs[name].default_value = value
            return


def index_material() -> Any:
    """A light of its own for each thing: its number in the red and green of eight bits."""
    material = bpy.data.materials.new("index")
    material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    info = tree.nodes.new("ShaderNodeObjectInfo")
    low, high = _math(tree, "MODULO", 256), _math(tree, "DIVIDE", 256)
    whole, colour = _math(tree, "FLOOR", 0), tree.nodes.new("ShaderNodeCombineXYZ")
    tree.links.new(info.outputs["Object Index"], low.inputs[0])
    tree.links.new(info.outputs["Object Index"], high.inputs[0])
    tree.links.new(high.outputs[0], whole.inputs[0])
    for node, axis in ((low, "X"), (whole, "Y")):
        scaled = _math(tree, "DIVIDE", 255)
        tree.links.new(node.outputs[0], scaled.inputs[0])
        tree.links.new(scaled.outputs[0], colour.inputs[axis])
    light, out = tree.nodes.new("ShaderNodeEmission"), tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(colour.outputs[0], light.inputs["Color"])
    tree.links.new(light.outputs[0], out.inputs["Surface"])
    return material


def _math(tree: Any, operation: str, value: float) -> Any:
    node = tree.nodes.new("ShaderNodeMath")
    node.operation = operation
    node.inputs[1].default_value = value
    return node
