// # APIMachinery
//
// What every Kubernetes API shares, with no kind in particular.
//
// - `JSON`: a value that is a slice of its text until someone changes it. `Parser` reads a text onto a `Document`'s tape;
//   `frozen` and `settingResourceVersion` make the form that is cheapest to keep.
// - `YAML` and `Protobuf`: the other wire forms, from and to `JSON`.
// - `Schema`: types by name, which prune, default and check, and drive patches, apply and protobuf.
// - `Quantity`, `GoDuration`, `IPAddress` and `CIDR`, `UUIDv4`: the scalars.
// - `LabelSelector`, `FieldSelector`; `Validation` for names and values, in Kubernetes' sentences.
// - `JSONPatch`, `MergePatch`, `StrategicMergePatch`, `ServerSideApply`: pure functions from object to object.
// - `GroupVersionKind`, `GroupResource`, `ObjectKey`; `FieldError`, and `StatusError`, the one error that clients see.
//
// Absent on purpose: input and output, clocks and dice (handed in), and any knowledge of a single kind (that is
// `KubeAPI`).
