extension Document {
    /// The value at `index` of a tape that is not yet as a document wants it, as a tree: white space falls away, of members
    /// with the same name the last one stays, and lone surrogates are replaced.
    func clean(_ index: Int, hasDuplicates: Bool) -> JSON {
        switch token(index).kind {
        case .array: JSON(elements(index).map { $0.cleaned(hasDuplicates: hasDuplicates) })
        case .object:
            JSON(
                members: (hasDuplicates ? Self.lastOfEach(members(index)) : members(index)).map { member in
                    (name: member.name, value: member.value.cleaned(hasDuplicates: hasDuplicates))
                })
        case .escapedString: JSON(string(index))
        case .null, .true, .false, .number, .string: JSON(self, index)
        }
    }

    private static func lastOfEach(_ members: [JSON.Member]) -> [JSON.Member] {
        var last: [ExactString: Int] = [:]
        for (position, member) in members.enumerated() { last[ExactString(member.name)] = position }
        guard last.count < members.count else { return members }
        return last.values.sorted().map { members[$0] }
    }
}

extension JSON {
    fileprivate func cleaned(hasDuplicates: Bool) -> JSON {
        guard case .slice(let document, let index) = node else { return self }
        return document.clean(Int(index), hasDuplicates: hasDuplicates)
    }
}
