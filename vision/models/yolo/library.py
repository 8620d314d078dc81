"""All of Ultralytics that is imported, by this module alone: quiet, offline, and with no file of its own outside our folders."""

import logging
import os
from pathlib import Path

from PIL import Image

from vision import weights

# Importing it asks the network, and writes its settings, unless it is told otherwise before.
os.environ.update(YOLO_AUTOINSTALL="false", YOLO_OFFLINE="true", YOLO_VERBOSE="false")
os.environ.setdefault("YOLO_CONFIG_DIR", str(weights.folder() / "ultralytics"))
Path(os.environ["YOLO_CONFIG_DIR"]).mkdir(parents=True, exist_ok=True)
logging.getLogger("ultralytics").setLevel(logging.ERROR)

_open = Image.open

from ultralytics.cfg import get_cfg  # noqa: E402
from ultralytics.data.build import build_dataloader  # noqa: E402
from ultralytics.data.dataset import YOLODataset  # noqa: E402
from ultralytics.engine import trainer  # noqa: E402
from ultralytics.models.yolo.detect import DetectionTrainer  # noqa: E402
from ultralytics.nn.tasks import DetectionModel, yaml_model_load  # noqa: E402
from ultralytics.utils import IterableSimpleNamespace  # noqa: E402
from ultralytics.utils.torch_utils import unwrap_model  # noqa: E402

Image.open = _open  # its own installs a package where a file is no picture
# It would ask the network for a picture and a model to try mixed precision on, and for services to report to.
trainer.check_amp = lambda model: True
trainer.callbacks.add_integration_callbacks = lambda instance: None

__all__ = [
    "DetectionModel", "DetectionTrainer", "IterableSimpleNamespace", "YOLODataset", "build_dataloader", "get_cfg", "unwrap_model",
    "yaml_model_load",
]  # fmt: skip
