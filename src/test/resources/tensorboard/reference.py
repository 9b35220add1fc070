"""Event files by the tensorboard package itself, and what it finds in one of Graft's.

    python reference.py write events.tfevents     makes the file that EventLogTest holds Graft's bytes against
    python reference.py read RUN                  prints the tags of a run's event file, and step and value of their last points

tensorboard 2.21.0, protobuf 7.36.2.
"""
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

EVENTS = [
    (1.5, 0, {"validation/loss": 5.25}),
    (1764100000.125, 1, {"train/loss": 4.875, "train/rate": 3e-4, "train/skipped": 0.0}),
    (1764100001.0, 300, {"load/layer_3": 1.4921875, "share/b.1.ünï/expert_0": -1.0}),
]


def write(path):
    with open(path, "wb") as file:
        records = RecordWriter(file)
        records.write(Event(wall_time=0.5, file_version="brain.Event:2").SerializeToString())
        for time, step, scalars in EVENTS:
            values = [Summary.Value(tag=tag, simple_value=value) for tag, value in scalars.items()]
            records.write(Event(wall_time=time, step=step, summary=Summary(value=values)).SerializeToString())


def read(folder):
    events = EventAccumulator(folder, size_guidance={"scalars": 0})
    events.Reload()
    for tag in events.Tags()["scalars"]:
        points = events.Scalars(tag)
        print(f"{tag}: {len(points)} points, step {points[-1].step} {points[-1].value:.6g}")


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](sys.argv[2])
