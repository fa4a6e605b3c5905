"""Reads each method over gRPC's own library, with and without compression, and prints the messages as base64."""
import base64
import json
import sys

import grpc

question = json.load(sys.stdin)
channel = grpc.insecure_channel(question["address"])


def read(method, **options):
    call = channel.unary_stream(method, request_serializer=lambda message: message, response_deserializer=lambda message: message)
    return [base64.b64encode(message).decode() for message in call(b"", **options)]


answers = {
    method: {"plain": read(method), "gzip": read(method, compression=grpc.Compression.Gzip)} for method in question["methods"]
}
json.dump(answers, sys.stdout)
