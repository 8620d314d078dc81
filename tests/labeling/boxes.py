"""Boxes as people and models say them."""

from uuid import uuid4

from labeling.models import QueueItem


def box(category="milk", bbox=(10, 20, 110, 220), **more):
    return {"category": category, "bbox": list(bbox), **more}


def submit_boxes(api, image, boxes, uuid=None, **body):
    return api.put(
        f"/api/images/{image}/annotations/{uuid or uuid4()}/",
        {"result": {"boxes": boxes}, **body},
        format="json",
    )


def predict_boxes(images, boxes, version=7):
    """The queue's rows as a production version would have written them."""
    rows = [{"id": f"p{n}", "score": 0.9 - n / 10, **one} for n, one in enumerate(boxes)]
    said = {
        "id": 1, "model_version": version, "number": 2, "model": "yolo", "score": 0.9, "uncertainty": 0.2, "result": {"boxes": rows},
    }  # fmt: skip
    QueueItem.objects.filter(image__in=images).update(prediction=said, uncertainty=0.2, score=0.9)
    return rows
