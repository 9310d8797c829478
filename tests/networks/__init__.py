"""Real pretrained networks through compiled code, beside ONNX Runtime."""
