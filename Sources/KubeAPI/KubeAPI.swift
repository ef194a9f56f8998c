/// # KubeAPI
///
/// What each kind of the cluster *is*, as data: `Resource` values with schema, scope, names, defaults, validity, table
/// columns and subresources, one file per kind under `Kinds/`; and typed views over `JSON`, generated from the schema
/// notation under `Views/`.
///
/// Absent on purpose: HTTP, storage, and what kinds *do* (that is the loops').
public enum KubeAPI {}
