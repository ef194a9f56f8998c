import APIMachinery
import Basics
import ContainerRuntime
import KubeAPI
import Testing

@testable import Kubelet

/// Credentials for registries, and which images a full disk can do without.
@Suite struct ImageTests {
    private static func secret(_ config: JSON, key: String = ".dockerconfigjson") -> Secret {
        Secret { $0.data = [key: Base64.encode(config.bytes)] }
    }

    @Test func aRegistryGetsWhatIsMeantForIt() {
        let both: JSON = ["auth": JSON(Base64.encode(Array("team:se:cret".utf8)))]
        let credentials = PullCredentials([
            Self.secret([
                "auths": [
                    "https://index.docker.io/v1/": ["username": "docker", "password": "d"],
                    "registry.example.com:5000": ["username": "all", "password": "a"],
                    "registry.example.com:5000/team": both,
                    "*.cloud.example": ["identitytoken": "token"],
                    "empty.example": .object,
                ]
            ]),
            Self.secret(["old.example": ["username": "old", "password": "o"]], key: ".dockercfg"),
            Self.secret("not an object"),
        ])
        func users(_ image: String) -> [String] { credentials.matching(image).map(\.username) }
        #expect(users("nginx") == ["docker"] && users("docker.io/library/nginx:1") == ["docker"])
        #expect(users("registry.example.com:5000/team/app:1") == ["team", "all"])
        #expect(credentials.matching("registry.example.com:5000/team/app:1").first?.password == "se:cret")
        #expect(users("registry.example.com:5000/other") == ["all"])
        #expect(users("registry.example.com/other") == [])
        #expect(credentials.matching("eu.cloud.example/app").map(\.identityToken) == ["token"])
        #expect(users("a.eu.cloud.example/app") == [] && users("empty.example/app") == [])
        #expect(users("old.example/app") == ["old"])
    }

    private static let start = Instant(secondsSince1970: 1_000_000)
    private static func image(_ name: String, _ size: Int) -> RuntimeImage {
        RuntimeImage(reference: "sha256:" + name, names: [name], sizeBytes: size)
    }

    @Test func imagesGoWhenTheDiskFillsTheLongestUnusedFirst() {
        var collection = ImageCollection()
        var pause = Self.image("pause", 1)
        pause.isPinned = true
        let images = [Self.image("used", 500), Self.image("once", 60), Self.image("never", 30), pause]
        collection.look(images, inUse: ["sha256:used", "once"], now: Self.start)
        let later = Self.start + .seconds(300)
        collection.look(images + [Self.image("fresh", 900)], inUse: ["sha256:used"], now: later)
        #expect(collection.plan(ImageFileSystem(capacityBytes: 1_000, availableBytes: 160), now: later) == nil)
        let full = collection.plan(ImageFileSystem(capacityBytes: 1_000, availableBytes: 150), now: later)
        #expect(full?.wantedBytes == 50 && full?.images.map(\.reference) == ["sha256:never", "sha256:once"])
        #expect(full?.isEnough == true)
        // Only what is old enough, and never what is in use.
        let fuller = collection.plan(ImageFileSystem(capacityBytes: 1_000, availableBytes: 0), now: later)
        #expect(fuller?.images.count == 2 && fuller?.isEnough == false)
        let last = collection.plan(
            ImageFileSystem(capacityBytes: 1_000, availableBytes: 0), now: later + ImageCollection.minimumAge)
        #expect(last?.images.map(\.reference) == ["sha256:never", "sha256:fresh"] && last?.isEnough == true)
    }
}
