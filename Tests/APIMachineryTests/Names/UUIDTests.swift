import APIMachinery
import Basics
import Foundation
import Testing

@Suite struct UUIDTests {
    @Test func uuids() {
        var dice = SplitMix64(seed: 1)
        let texts = (0..<100).map { _ in UUIDv4.text(using: &dice) }
        #expect(Set(texts).count == 100)
        for text in texts {
            let groups = text.split(separator: "-").map(String.init)
            #expect(groups.map(\.count) == [8, 4, 4, 4, 12] && groups[2].hasPrefix("4"))
            #expect("89ab".contains(groups[3].prefix(1)) && UUID(uuidString: text) != nil)
        }
    }
}
