import Basics

/// Which of several ways to help pods is taken: the first expander decides, and where it finds several as good, the next;
/// among what is left chance.
struct Expansion {
    private let expanders: [AutoscalerOptions.Expander]

    init(_ expanders: [AutoscalerOptions.Expander]) { self.expanders = expanders }

    func choose(_ options: [ScaleUpPlan.Option], _ random: inout SplitMix64) -> ScaleUpPlan.Option? {
        var left = options
        for expander in expanders where left.count > 1 {
            switch expander {
            case .random: break
            case .mostPods: left = Self.least(left) { -Double($0.pods.count) }
            case .leastWaste: left = Self.least(left) { $0.waste }
            case .priority: left = Self.least(left) { -Double($0.group.priority) }
            case .price:
                let priced = left.filter { $0.group.hourlyPrice != nil }
                // What the help costs for each pod that is helped.
                if !priced.isEmpty {
                    left = Self.least(priced) {
                        ($0.group.hourlyPrice ?? 0) * Double($0.count) / Double(max(1, $0.pods.count))
                    }
                }
            }
        }
        return left.randomElement(using: &random)
    }

    private static func least(
        _ options: [ScaleUpPlan.Option], _ measure: (ScaleUpPlan.Option) -> Double
    ) -> [ScaleUpPlan.Option] {
        let best = options.map(measure).min() ?? 0
        return options.filter { measure($0) == best }
    }
}
