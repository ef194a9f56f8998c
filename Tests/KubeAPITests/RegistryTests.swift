import APIMachinery
import KubeAPI
import Testing

@Suite struct RegistryTests {
    private static func resource(_ plural: String, _ kind: String, shortName: String = "x") -> Resource {
        Resource("example.com/v1", kind, plural: plural, shortNames: [shortName])
    }

    @Test func aRegistryTakesReplacesAndForgets() {
        var registry = ResourceRegistry([Self.resource("as", "A"), Self.resource("bs", "B")])
        let name = GroupResource(group: "example.com", resource: "as")
        registry.put(Self.resource("as", "A", shortName: "y"))
        #expect(registry.resources.map(\.plural) == ["as", "bs"], "a changed kind keeps its place")
        #expect(registry.resource(name)?.shortNames == ["y"])
        registry.put(Self.resource("cs", "C"))
        registry.remove(name)
        #expect(registry.resources.map(\.plural) == ["bs", "cs"])
        #expect(registry.resource(name) == nil)
        #expect(registry.resource(GroupVersionKind(group: "example.com", version: "v1", kind: "A")) == nil)
        #expect(registry.resource(GroupVersionKind(group: "example.com", version: "v1", kind: "C"))?.plural == "cs")
    }

    @Test(.timeLimit(.minutes(1))) func followersGetThePresentAndThenTheNewest() async throws {
        let directory = ResourceDirectory(ResourceRegistry([Self.resource("as", "A")]))
        var follower = directory.versions().makeAsyncIterator()
        #expect(await follower.next()?.resources.count == 1)
        for number in 1...5 {
            var registry = directory.current
            registry.put(Self.resource("n\(number)s", "N\(number)"))
            directory.publish(registry)
        }
        #expect(await follower.next()?.resources.count == 6, "who is slow misses versions and not the last one")
        #expect(directory.current.resources.count == 6)
        var late = directory.versions().makeAsyncIterator()
        #expect(await late.next()?.resources.count == 6)
    }
}
