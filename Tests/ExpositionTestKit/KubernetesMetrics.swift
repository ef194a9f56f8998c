/// What dashboards and alerts of Kubernetes and etcd ask for, of what we have: names, types and label names.
public enum KubernetesMetrics {
    public struct Family: Sendable {
        public var name: String
        public var type: String
        public var labels: Set<String>
    }

    /// Of the API server and its store.
    public static let server = families(
        """
        apiserver_request_total counter verb dry_run group version resource subresource scope component code
        apiserver_request_duration_seconds histogram verb dry_run group version resource subresource scope component
        apiserver_response_sizes histogram verb group version resource subresource scope component
        apiserver_current_inflight_requests gauge request_kind
        apiserver_longrunning_requests gauge verb group version resource subresource scope component
        apiserver_watch_events_total counter group version resource
        apiserver_watch_cache_events_received_total counter group resource
        apiserver_watch_cache_events_dispatched_total counter group resource
        apiserver_watch_cache_initializations_total counter group resource
        apiserver_watch_cache_resource_version gauge group resource
        apiserver_storage_objects gauge resource
        apiserver_resource_objects gauge group resource
        apiserver_flowcontrol_nominal_limit_seats gauge priority_level
        apiserver_flowcontrol_lower_limit_seats gauge priority_level
        apiserver_flowcontrol_upper_limit_seats gauge priority_level
        apiserver_flowcontrol_current_executing_seats gauge priority_level
        apiserver_flowcontrol_current_inqueue_requests gauge priority_level
        apiserver_flowcontrol_dispatched_requests_total counter priority_level flow_schema
        apiserver_audit_event_total counter
        apiserver_audit_error_total counter plugin
        apiserver_audit_level_total counter level
        etcd_request_duration_seconds histogram operation group resource
        etcd_requests_total counter operation group resource
        etcd_request_errors_total counter operation group resource
        rest_client_requests_total counter code method host
        kubernetes_build_info gauge major minor git_version git_commit git_tree_state build_date go_version compiler platform
        etcd_server_has_leader gauge
        etcd_server_is_leader gauge
        etcd_server_is_learner gauge
        etcd_server_proposals_committed_total gauge
        etcd_server_proposals_applied_total gauge
        etcd_server_quota_backend_bytes gauge
        etcd_mvcc_db_total_size_in_bytes gauge
        etcd_mvcc_db_total_size_in_use_in_bytes gauge
        etcd_debugging_mvcc_keys_total gauge
        etcd_debugging_mvcc_current_revision gauge
        etcd_debugging_mvcc_compact_revision gauge
        process_cpu_seconds_total counter
        process_resident_memory_bytes gauge
        process_virtual_memory_bytes gauge
        process_open_fds gauge
        process_max_fds gauge
        process_start_time_seconds gauge
        """)

    /// Of the horizontal autoscaler.
    public static let autoscaler = families(
        """
        horizontal_pod_autoscaler_controller_reconciliations_total counter action error
        horizontal_pod_autoscaler_controller_reconciliation_duration_seconds histogram action error
        horizontal_pod_autoscaler_controller_metric_computation_total counter action error metric_type
        horizontal_pod_autoscaler_controller_num_horizontal_pod_autoscalers gauge
        """)

    /// Of the loops' queues.
    public static let queues = families(
        """
        workqueue_adds_total counter name
        workqueue_depth gauge name
        workqueue_queue_duration_seconds histogram name
        workqueue_work_duration_seconds histogram name
        workqueue_retries_total counter name
        workqueue_unfinished_work_seconds gauge name
        workqueue_longest_running_processor_seconds gauge name
        """)

    /// Of the scheduler.
    public static let scheduler = families(
        """
        scheduler_schedule_attempts_total counter result profile
        scheduler_scheduling_attempt_duration_seconds histogram result profile
        scheduler_scheduling_algorithm_duration_seconds histogram
        scheduler_pod_scheduling_attempts histogram
        scheduler_pod_scheduling_sli_duration_seconds histogram attempts
        scheduler_pending_pods gauge queue
        scheduler_preemption_attempts_total counter
        scheduler_preemption_victims histogram
        """)

    /// Of the cluster autoscaler, which runs where there are groups of nodes.
    public static let clusterAutoscaler = families(
        """
        cluster_autoscaler_cluster_safe_to_autoscale gauge
        cluster_autoscaler_nodes_count gauge state
        cluster_autoscaler_node_groups_count gauge node_group_type
        cluster_autoscaler_unschedulable_pods_count gauge type
        cluster_autoscaler_unneeded_nodes_count gauge
        cluster_autoscaler_scale_down_in_cooldown gauge
        cluster_autoscaler_max_nodes_count gauge
        cluster_autoscaler_cluster_cpu_current_cores gauge
        cluster_autoscaler_cluster_memory_current_bytes gauge
        cluster_autoscaler_scaled_up_nodes_total counter
        cluster_autoscaler_scaled_down_nodes_total counter reason
        cluster_autoscaler_evicted_pods_total counter eviction_result
        cluster_autoscaler_old_unregistered_nodes_removed_count counter
        cluster_autoscaler_unremovable_nodes_count gauge reason
        cluster_autoscaler_last_activity gauge activity
        cluster_autoscaler_function_duration_seconds histogram function
        """)

    /// What of `families` the page does not have as it should, a sentence each.
    public static func faults(_ page: ExpositionParser.Page, _ families: [Family]) -> [String] {
        families.compactMap { family in
            guard let type = page.families[family.name] else { return "\(family.name) is missing" }
            if type != family.type { return "\(family.name) is a \(type)" }
            if page.help[family.name]?.isEmpty ?? true { return "\(family.name) has no help" }
            let labels = page.labels(of: family.name)
            return labels == family.labels ? nil : "\(family.name) has the labels \(labels?.sorted() ?? [])"
        }
    }

    private static func families(_ text: String) -> [Family] {
        text.split(separator: "\n").map { line in
            let words = line.split(separator: " ").map { String($0) }
            return Family(name: words[0], type: words[1], labels: Set(words.dropFirst(2)))
        }
    }
}
