extension Node {
    /// Whether a name stands in it and is not one that a macro has bound.
    func mentions(_ name: String) -> Bool {
        switch form {
        case .literal: false
        case .name(let own): own == name
        case .select(let target, _, _), .has(let target, _): target.mentions(name)
        case .index(let target, let key, _): target.mentions(name) || key.mentions(name)
        case .call(_, let arguments), .operation(_, let arguments): arguments.contains { $0.mentions(name) }
        case .member(let target, _, let arguments):
            target.mentions(name) || arguments.contains { $0.mentions(name) }
        case .and(let left, let right), .or(let left, let right): left.mentions(name) || right.mentions(name)
        case .conditional(let condition, let first, let second):
            condition.mentions(name) || first.mentions(name) || second.mentions(name)
        case .list(let elements): elements.contains { $0.value.mentions(name) }
        case .map(let entries): entries.contains { $0.key.mentions(name) || $0.value.mentions(name) }
        case .comprehension(let loop):
            loop.range.mentions(name)
                || !loop.names.contains(name)
                    && (loop.condition?.mentions(name) ?? false || loop.result?.mentions(name) ?? false)
        case .bind(let bound, let value, let body):
            value.mentions(name) || bound != name && body.mentions(name)
        }
    }
}
