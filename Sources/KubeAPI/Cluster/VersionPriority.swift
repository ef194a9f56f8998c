/// The order of a group's versions: general ones first, then betas, then alphas, each the newest first; others last
/// (k8s.io/apimachinery/pkg/version, CompareKubeAwareVersionStrings).
public enum VersionPriority {
    /// Whether a client should rather use `left`.
    public static func isBefore(_ left: String, _ right: String) -> Bool {
        switch (Rank(left), Rank(right)) {
        case (let left?, let right?):
            (left.stability, left.major, left.minor) > (right.stability, right.major, right.minor)
        case (_?, nil): true
        case (nil, _?): false
        case (nil, nil): left < right
        }
    }

    private struct Rank {
        /// 2 is general, 1 beta, 0 alpha.
        var stability = 2
        var major = 0
        var minor = 0

        /// `v1`, `v2beta3`; nil for anything else.
        init?(_ text: String) {
            guard text.first == "v" else { return nil }
            var rest = text.dropFirst()
            guard let major = Self.number(&rest) else { return nil }
            self.major = major
            if rest.isEmpty { return }
            for (word, stability) in [("alpha", 0), ("beta", 1)] where rest.hasPrefix(word) {
                self.stability = stability
                rest = rest.dropFirst(word.count)
                guard let minor = Self.number(&rest), rest.isEmpty else { return nil }
                self.minor = minor
                return
            }
            return nil
        }
        private static func number(_ rest: inout Substring) -> Int? {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            rest = rest.dropFirst(digits.count)
            return digits.first == "0" ? nil : Int(digits)
        }
    }
}
