"""A plan as a scene of Blender's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix, Vector

from vision.scenes.plan import Camera, Fridge, Thing
from vision.scenes.shapes import placement, shape_of
from vision.scenes.shapes.fridge import fridge_parts
from vision.scenes.shapes.loft import Points, Shape
from vision.scenes.stage.materials import Materials


class Stage:
    """What stands on it: `things` by their numbers, and `clear` parts that a label is seen through."""

    def __init__(self) -> None:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self.materials = Materials()
        self.things: dict[int, Any] = {}
        self.clear: list[Any] = []

    def build(self, fridge: Fridge, things: list[Thing], camera: Camera) -> None:
        for part in fridge_parts(fridge):
            placed = self._object(part.shape)
            if part.clear:
                self.clear.append(placed)
        for thing in things:
            placed = (
                self._custom(thing)
                if thing.model
                else self._object(shape_of(thing.kind, thing.seed, thing.size))
            )
            placed.matrix_world = _matrix(placement(thing))
            placed.pass_index = thing.number
            self.things[thing.number] = placed
        self._camera(camera)
        self._lights(fridge, camera)

    def _object(self, shape: Shape) -> Any:
        mesh = bpy.data.meshes.new("thing")
        mesh.from_pydata(shape.points().tolist(), [], shape.faces)
        for look in shape.looks:
            mesh.materials.append(self.materials.of(look))
        mesh.polygons.foreach_set("material_index", np.array(shape.of_face, np.int32))
        mesh.polygons.foreach_set("use_smooth", np.array(shape.smooth, bool))
        layer = mesh.uv_layers.new(name="label")
        corners = np.array([at for face in shape.corners for at in face], np.float32)
        layer.data.foreach_set("uv", corners.ravel())
        mesh.validate()
        mesh.update()
        placed = bpy.data.objects.new("thing", mesh)
        bpy.context.scene.collection.objects.link(placed)
        return placed

    def _custom(self, thing: Thing) -> Any:
        """Somebody's own model as one object, stretched into its box."""
        placed = load_model(Path(thing.model))
        points = _points(placed)
        low, high = points.min(0), points.max(0)
        scale = np.array(thing.size) / np.maximum(high - low, 1e-9)
        middle = (low + high) / 2
        shift = np.array([-middle[0], -middle[1], -low[2]]) * scale
        placed.data.transform(_matrix(np.column_stack([np.diag(scale), shift])))
        return placed

    def _camera(self, said: Camera) -> None:
        data = bpy.data.cameras.new("camera")
        data.lens, data.sensor_width, data.sensor_fit = said.lens, 36.0, "AUTO"
        data.clip_start, data.clip_end = 0.02, 50.0
        placed = bpy.data.objects.new("camera", data)
        ahead = Vector(said.target) - Vector(said.place)
        turn = ahead.to_track_quat("-Z", "Y").to_matrix().to_4x4()
        placed.matrix_world = Matrix.Translation(said.place) @ turn @ Matrix.Rotation(said.roll, 4, "Z")
        bpy.context.scene.collection.objects.link(placed)
        bpy.context.scene.camera = placed

    def _lights(self, fridge: Fridge, camera: Camera) -> None:
        cold, warm = np.array([0.86, 0.94, 1.0]), np.array([1.0, 0.84, 0.66])
        colour = cold * (1 - fridge.warmth) + warm * fridge.warmth
        inside = _area("lamp", (0.22, 0.08), 5.0 * fridge.light * fridge.width * fridge.height / 0.5, colour)
        inside.location = (0, fridge.depth * 0.42, fridge.height - 0.02)
        front = _area("room", (1.2, 1.2), 22.0 * fridge.room_light, np.array([1.0, 0.95, 0.88]))
        front.location = (camera.place[0] + 0.5, camera.place[1] - 0.3, fridge.height + 0.9)
        aim = Vector((0, 0, fridge.height / 2)) - front.location
        front.rotation_euler = aim.to_track_quat("-Z", "Y").to_euler()
        world = bpy.data.worlds.new("room")
        world.use_nodes = True
        behind = next(node for node in world.node_tree.nodes if node.type == "BACKGROUND")
        behind.inputs["Color"].default_value = (*(colour * 0.9), 1)
        behind.inputs["Strength"].default_value = 0.10 + 0.22 * fridge.room_light
        bpy.context.scene.world = world

    def outlines(self, width: int, height: int) -> tuple[Points, Points]:
        """Each thing's triangles as the camera would see it alone, [N, 3, 2] in pixels, and whose they are [N]."""
        scene = bpy.context.scene
        graph = bpy.context.evaluated_depsgraph_get()
        project = scene.camera.calc_matrix_camera(graph, x=width, y=height)
        through = np.array(project @ scene.camera.matrix_world.inverted())
        triangles, owners = [], []
        for number, placed in self.things.items():
            placed.data.calc_loop_triangles()
            corners = np.zeros(len(placed.data.loop_triangles) * 3, np.int32)
            placed.data.loop_triangles.foreach_get("vertices", corners)
            points = np.column_stack([_points(placed), np.ones(len(placed.data.vertices))])
            seen = points @ (through @ np.array(placed.matrix_world)).T
            with np.errstate(divide="ignore", invalid="ignore"):
                flat = seen[:, :2] / seen[:, 3:4]
            pixels = (flat * [0.5, -0.5] + 0.5) * [width, height]
            found = pixels[corners].reshape(-1, 3, 2)
            ahead = (seen[:, 3] > 0.01)[corners].reshape(-1, 3).all(1)
            triangles.append(found[ahead])
            owners.append(np.full(int(ahead.sum()), number, np.int32))
        if not triangles:
            return np.zeros((0, 3, 2), np.float32), np.zeros(0, np.int32)
        return np.concatenate(triangles).astype(np.float32), np.concatenate(owners)


def load_model(path: Path) -> Any:
    """A .glb or .obj as one object at the origin. Raises ValueError where nothing in it has a surface."""
    before = set(bpy.data.objects)
    if path.suffix == ".glb":
        bpy.ops.import_scene.gltf(filepath=str(path))
    else:
        bpy.ops.wm.obj_import(filepath=str(path))
    fresh = [one for one in bpy.data.objects if one not in before]
    meshes = [one for one in fresh if one.type == "MESH" and len(one.data.polygons)]
    if not meshes:
        raise ValueError("The file holds no surface: export the model with its meshes.")
    bpy.context.view_layer.update()
    for one in meshes:  # each with its own data, its place in its vertices
        matrix = one.matrix_world.copy()
        one.parent = None
        one.data = one.data.copy()
        one.data.transform(matrix)
        one.matrix_world = Matrix()
    for one in fresh:
        if one not in meshes:
            bpy.data.objects.remove(one)
    with bpy.context.temp_override(active_object=meshes[0], selected_editable_objects=meshes):
        bpy.ops.object.join()
    return meshes[0]


def _points(placed: Any) -> Points:
    found = np.zeros(len(placed.data.vertices) * 3)
    placed.data.vertices.foreach_get("co", found)
    return found.reshape(-1, 3)


def _matrix(rows: Points) -> Any:
    return Matrix([*rows.tolist(), [0, 0, 0, 1]])


def _area(name: str, size: tuple[float, float], power: float, colour: Points) -> Any:
    data = bpy.data.lights.new(name, "AREA")
    data.shape, data.size, data.size_y = "RECTANGLE", *size
    data.energy, data.color = power, tuple(colour)
    placed = bpy.data.objects.new(name, data)
    placed.visible_camera = False
    bpy.context.scene.collection.objects.link(placed)
    return placed
