//! Parameters in files: `.npz` and safetensors.
