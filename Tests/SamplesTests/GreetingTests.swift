import Foundation
import Testing

@testable import Samples

@Suite struct GreetingTests {
    let greeting = Greeting(address: "127.100.0.2:8080", name: "coffee-7dd75bc79b-cqvb7")

    @Test func linesAreThoseOfTheImage() {
        let date = Date(timeIntervalSince1970: 1_795_456_800)
        #expect(
            greeting.lines(target: "/coffee?x=1", date: date, id: "00ff") == """
                Server address: 127.100.0.2:8080
                Server name: coffee-7dd75bc79b-cqvb7
                Date: 23/Nov/2026:18:00:00 +0000
                URI: /coffee?x=1
                Request ID: 00ff

                """)
    }

    @Test(
        arguments: [
            (0, "01/Jan/1970:00:00:00 +0000"), (951_782_399, "28/Feb/2000:23:59:59 +0000"),
            (951_782_400, "29/Feb/2000:00:00:00 +0000"), (1_798_761_599, "31/Dec/2026:23:59:59 +0000"),
        ] as [(Double, String)])
    func timesAreNginxLocalTimeInUTC(_ seconds: Double, _ text: String) {
        #expect(Greeting.logTime(Date(timeIntervalSince1970: seconds)) == text)
    }

    @Test func aNeighbourThatIsNotThereIsASentence() async {
        let text = await Neighbour(service: "no-such-service.invalid.").says()
        #expect(text.hasPrefix("no-such-service.invalid. cannot be reached: "))
        #expect(text.hasSuffix("\n"))
    }
}
