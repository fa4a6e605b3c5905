"""Reads a row of each service and filters by each of its fields, with the modules that protoc makes for Python.

Takes and prints JSON. Some names are keywords of Python, which are reached with getattr and keyword arguments, as its users do.
"""

import importlib
import json
import sys

import grpc


def ask(channel, service):
    row, request = (message(service, name) for name in ("row", "request"))
    path = "/" + service["fullName"] + "/" + service["method"]
    stream = channel.unary_stream(path, request.SerializeToString, row.FromString)
    rows = list(stream(request(), timeout=60))
    fields = [field.name for field in row.DESCRIPTOR.fields]
    values = [[getattr(one, field) for field in fields] for one in rows]
    answers = {}
    columns = request.DESCRIPTOR.fields_by_name["filter"].message_type.fields_by_name
    for field, value in zip(fields, values[0]):
        if field in ("and", "or", "not"):
            continue
        kind = message_class(columns[field].message_type, service)
        equal = request(filter={field: kind(equals=value)})
        unlike = request(filter={"not": {field: {"in": [value]}}})
        answers[field] = [len(list(stream(each, timeout=60))) for each in (equal, unlike)]
    return {"rows": values, "filters": answers}


def message(service, role):
    return getattr(importlib.import_module(service["module"]), service[role])


def message_class(descriptor, service):
    module = descriptor.file.name[: -len(".proto")].replace("/", ".") + "_pb2"
    return getattr(importlib.import_module(module), descriptor.name)


question = json.load(sys.stdin)
sys.path.insert(0, question["modules"])
with grpc.insecure_channel(question["address"]) as channel:
    json.dump([ask(channel, service) for service in question["services"]], sys.stdout)
