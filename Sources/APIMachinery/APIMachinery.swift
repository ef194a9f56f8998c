/// # APIMachinery
///
/// What every Kubernetes API shares, with no kind in particular: values and their wire forms (`JSON`, YAML,
/// protobuf), schemas that prune, default and check them, names of kinds and resources, label and field selectors,
/// quantities, the three patches, and `StatusError`, the one error that clients see.
///
/// Absent on purpose: input and output, clocks, and any knowledge of a single kind (that is `KubeAPI`).
public enum APIMachinery {}
