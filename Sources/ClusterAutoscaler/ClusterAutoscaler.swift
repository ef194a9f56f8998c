// # ClusterAutoscaler
//
// Makes nodes for pods that find no room, and removes nodes that nobody needs, as the autoscaler project's cluster
// autoscaler does; its names of options, events, taints and annotations are kept.
//
// - `NodeGroup`, `NodeProvider`: nodes that are made alike, and who makes and removes them
// - `ScaleUpPlan`, `Expansion`: which groups should have more, by the scheduler's own filters (`PlacementTrial`)
// - `ScaleDownPlan`, `DrainRules`: which nodes nobody needs, and who may be moved
// - `AutoscalerCore`: what follows from a look (`ClusterLook`); `AutoscalerState`: cool-downs, who has been unneeded since when,
//   groups that failed
// - `ExternalProvider`: a provider in another process, by the protocol `externalgrpc`
// - `NodeDrain`: empties a node in order
// - `AutoscalerLoop`: looks every few seconds, and does what follows
// - `NodeGroupsFile`: groups and behaviour as a file says them
// - `StatusReport`: the ConfigMap in which it tells of itself
//
// Plans and state are values without input and output. Absent on purpose: any cloud's own
// interface, which is behind `externalgrpc`.
