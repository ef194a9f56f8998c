import Basics
import Testing

@Suite struct ChanceTests {
    @Test func theSystemsNumbersDifferWhoeverAsks() async {
        let chance = SystemChance()
        let numbers = await withTaskGroup(of: [UInt64].self) { group in
            for _ in 0..<8 { group.addTask { (0..<500).map { _ in chance.next() } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(numbers).count == numbers.count && numbers.count == 4_000)
        // Each bit is set in about half of them; beyond these bounds once in 10¹⁵ runs.
        for bit in 0..<64 {
            let count = numbers.count { $0 >> UInt64(bit) & 1 == 1 }
            #expect(1_740...2_260 ~= count)
        }
    }
}
