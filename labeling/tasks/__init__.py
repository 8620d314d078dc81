from labeling.tasks import exports, images, imports, jobs, queue

__all__ = ["exports", "images", "imports", "jobs", "queue"]
