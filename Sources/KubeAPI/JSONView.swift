import APIMachinery

/// A typed face of a JSON object: reading absent fields gives nil, empty collections or empty views; writing nil or an
/// empty collection removes the field; unknown fields stay as they are.
public protocol JSONView: Sendable, Equatable {
    var json: JSON { get set }
    init(_ json: JSON)
}

extension JSONView {
    public init() { self.init(.object) }
    /// A new view that `fill` has filled in.
    public init(_ fill: (inout Self) -> Void) {
        self.init(.object)
        fill(&self)
    }
}

/// A view of a whole object of a built-in kind.
public protocol Kind: JSONView {
    static var groupVersionKind: GroupVersionKind { get }
    static var resource: GroupResource { get }
}

extension Kind {
    /// A new object with its apiVersion and kind filled in.
    public init() {
        self.init(["apiVersion": JSON(Self.groupVersionKind.apiVersion), "kind": JSON(Self.groupVersionKind.kind)])
    }
    public init(_ fill: (inout Self) -> Void) {
        self.init()
        fill(&self)
    }
    public var metadata: ObjectMeta {
        get { ObjectMeta(json["metadata"] ?? .object) }
        set { json["metadata"] = newValue.json }
    }
    public var key: ObjectKey { json.key }
    public var name: String { json["metadata", "name"]?.string ?? "" }
    public var namespace: String { json["metadata", "namespace"]?.string ?? "" }
    public var uid: String { json["metadata", "uid"]?.string ?? "" }
    public var labels: [String: String] { json["metadata", "labels"]?.stringMap ?? [:] }
    public var annotations: [String: String] { json["metadata", "annotations"]?.stringMap ?? [:] }
    public var isBeingDeleted: Bool { json.isBeingDeleted }
    /// The owner reference with `controller: true`.
    public var controller: OwnerReference? { json.controller.map { OwnerReference($0) } }
}

/// APIMachinery's selector is the view as well, so `deployment.spec.selector` can be asked what it matches. The generator
/// of the views leaves this type out.
extension LabelSelector: JSONView {
    public var matchExpressions: [LabelSelectorRequirement] {
        get { json.views("matchExpressions") }
        set { json.setViews("matchExpressions", newValue) }
    }
}

extension JSON {
    public func views<T: JSONView>(_ name: String) -> [T] { self[name]?.elements.map { T($0) } ?? [] }
    public mutating func setViews(_ name: String, _ views: [some JSONView]) {
        self[name] = views.isEmpty ? nil : JSON(views.map(\.json))
    }
    /// An object's namespace and name.
    public var key: ObjectKey {
        let metadata = self["metadata"]
        return ObjectKey(
            namespace: metadata?["namespace"]?.string ?? "", name: metadata?["name"]?.string ?? "")
    }
    /// An object's resourceVersion as a number; 0 when absent.
    public var revision: Int64 { self["metadata", "resourceVersion"]?.string.flatMap { Int64($0) } ?? 0 }
    /// An object's uid; empty when absent.
    public var uid: String { self["metadata"]?["uid"]?.string ?? "" }
    /// Whether it has a deletionTimestamp: it goes once nothing holds it.
    public var isBeingDeleted: Bool { self["metadata"]?["deletionTimestamp"]?.string != nil }
    /// The owner reference with `controller: true`.
    public var controller: JSON? {
        self["metadata", "ownerReferences"]?.elements.first { $0["controller"]?.bool == true }
    }
}
