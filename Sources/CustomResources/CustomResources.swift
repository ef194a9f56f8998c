// # CustomResources
//
// Kinds that users define (apiextensions.k8s.io/v1): what a CustomResourceDefinition says becomes a `Resource`, the same
// value that built-in kinds are.
//
// - `Schemas/`: `StructuralSchema`, a definition's schema read once; what is wrong with one; its expressions, compiled;
//   the types that server-side apply goes by; what is published of it in OpenAPI
// - `Objects/`: what a schema does to an object: fields dropped (`Pruning`), defaults, and everything that is wrong
// - `Definitions/`: the kind CustomResourceDefinition itself, its rules, and which names of a group are whose
// - `Kinds/`: `CustomKind`, from a definition to the resources of its versions; columns and selectable fields by JSONPath
//
// **Invariant:** nothing here reads or writes the cluster; the API server follows the definitions and serves what they say.
//
// Absent on purpose: conversion by webhook (a definition that asks for it is refused until webhooks are called).
