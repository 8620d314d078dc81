"""All of Ultralytics that is imported, by this module alone: quiet, offline, and with no file of its own left anywhere."""

import logging
import os
from tempfile import TemporaryDirectory

from PIL import Image

logging.getLogger("ultralytics").setLevel(logging.ERROR)
_open = Image.open

# Importing it asks the network, unless it is told otherwise before, and writes settings that nothing of ours reads.
with TemporaryDirectory(prefix="frameloop-ultralytics-") as _settings:
    os.environ.update(
        YOLO_AUTOINSTALL="false", YOLO_OFFLINE="true", YOLO_VERBOSE="false", YOLO_CONFIG_DIR=_settings
    )
    from ultralytics.cfg import get_cfg
    from ultralytics.data.build import build_dataloader
    from ultralytics.data.dataset import YOLODataset
    from ultralytics.engine import trainer
    from ultralytics.models.yolo.detect import DetectionTrainer
    from ultralytics.nn.tasks import DetectionModel, yaml_model_load
    from ultralytics.utils import IterableSimpleNamespace
    from ultralytics.utils.torch_utils import unwrap_model

Image.open = _open  # its own installs a package where a file is no picture
# It would ask the network for a picture and a model to try mixed precision on, and for services to report to.
trainer.check_amp = lambda model: True
trainer.callbacks.add_integration_callbacks = lambda instance: None

__all__ = [
    "DetectionModel", "DetectionTrainer", "IterableSimpleNamespace", "YOLODataset", "build_dataloader", "get_cfg", "unwrap_model",
    "yaml_model_load",
]  # fmt: skip
