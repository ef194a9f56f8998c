import APIMachinery
import Testing

@testable import Kubelet

/// KubeletConfigurations as kubeadm and people write them.
@Suite struct KubeletConfigurationFileTests {
    private func file(_ fields: String) throws -> KubeletConfigurationFile {
        let head = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"
        return try KubeletConfigurationFile(Array((head + fields).utf8))
    }
    private func fault(_ fields: String) -> String {
        do {
            _ = try file(fields)
            return ""
        } catch { return "\(error)" }
    }

    @Test func whatKubeadmWritesIsUnderstood() throws {
        let file = try file(
            """
            authentication:
              anonymous: {enabled: false}
              webhook: {cacheTTL: 0s, enabled: true}
              x509: {clientCAFile: /etc/kubernetes/pki/ca.crt}
            authorization:
              mode: Webhook
              webhook: {cacheAuthorizedTTL: 0s, cacheUnauthorizedTTL: 0s}
            cgroupDriver: systemd
            clusterDNS: [10.96.0.10]
            clusterDomain: cluster.local
            healthzBindAddress: 127.0.0.1
            healthzPort: 10248
            logging: {flushFrequency: 0, options: {json: {infoBufferSize: "0"}}, verbosity: 0}
            rotateCertificates: true
            maxPods: 50
            nodeLeaseDurationSeconds: 20
            streamingConnectionIdleTimeout: 1m30s
            kubeReserved: {cpu: 100m, memory: 200Mi}
            evictionHard: {memory.available: 50Mi, nodefs.available: 10%}
            podPidsLimit: 4096
            containerLogMaxSize: 1Mi
            containerLogMaxFiles: 3
            allowedUnsafeSysctls: [net.core.somaxconn]
            """)
        var configuration = KubeletConfiguration(nodeName: "a", index: 0, directory: "/d")
        file.apply(to: &configuration)
        #expect(configuration.maximumPods == 50 && configuration.leaseDurationSeconds == 20)
        #expect(
            configuration.clusterDNS == "10.96.0.10" && configuration.allowedUnsafeSysctls == ["net.core.somaxconn"])
        #expect(configuration.streamingConnectionIdleTimeout == .seconds(90))
        #expect(file.rotatesCertificates == true && file.rotatesServerCertificates == nil)
        #expect(file.clientAuthorityFile == "/etc/kubernetes/pki/ca.crt")
        #expect(
            file.flags.text
                == #"{"pod-max-pids":4096,"kube-reserved":"cpu=100m,memory=200Mi","#
                + #""eviction-hard":"memory.available<50Mi,nodefs.available<10%"}"#)
        #expect(file.logLimits.bytes == 1 << 20 && file.logLimits.files == 3)
        #expect(
            file.withoutEffect.map(\.path) == [
                "authentication.webhook.cacheTTL", "authorization.webhook.cacheAuthorizedTTL",
                "authorization.webhook.cacheUnauthorizedTTL", "cgroupDriver", "healthzBindAddress", "healthzPort",
                "logging",
            ])
    }

    @Test func whatIsWrongIsSaidWithItsPlace() {
        #expect(
            fault("maxpods: 3\nauthentication: {anonymous: {sure: true}}")
                == "failed to decode: strict decoding error: unknown field \"maxpods\", unknown field "
                + "\"authentication.anonymous.sure\"")
        #expect(
            fault("maxPods: many")
                == "failed to decode: json: cannot unmarshal string into Go struct field KubeletConfiguration.maxPods of "
                + "type int32")
        #expect(
            fault("clusterDNS: 10.96.0.10")
                == "failed to decode: json: cannot unmarshal string into Go struct field KubeletConfiguration.clusterDNS "
                + "of type []string")
        #expect(fault("authentication: true").contains("bool into Go struct field KubeletConfiguration.authentication"))
        #expect(fault("syncFrequency: soon") == "failed to decode: time: invalid duration \"soon\"")
        #expect(
            fault("maxPods: -1\nnodeLeaseDurationSeconds: 0")
                == "failed to validate kubelet configuration, error: invalid configuration: nodeLeaseDurationSeconds must "
                + "be greater than 0, invalid configuration: maxPods (--max-pods) -1 must not be a negative number")
        #expect(throws: KubeletConfigurationFile.Fault.self) { try KubeletConfigurationFile(Array("kind: Pod".utf8)) }
        #expect(throws: KubeletConfigurationFile.Fault.self) { try KubeletConfigurationFile(Array("{".utf8)) }
    }
}
