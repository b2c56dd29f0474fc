package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are the server's own figures and, at each scrape, those of the
// workspaces. Labels take few values: routes, not paths.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	inFlight prometheus.Gauge
	refused  *prometheus.CounterVec
}

func newMetrics(version string, workspaces []*Workspace, now func() time.Time, ready func() readiness) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "liftmark_http_request_duration_seconds", Help: "Time from a request's head to the end of its answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60},
		}, []string{"route", "method", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "liftmark_http_requests_in_flight", Help: "Requests being answered."}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "liftmark_http_requests_refused_total", Help: "Requests turned away because a limit was reached.",
		}, []string{"limit"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "liftmark_build_info", Help: "Always 1; the label says what is running.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.refused.WithLabelValues("server")
	m.refused.WithLabelValues("credential")
	m.refused.WithLabelValues("memory")
	m.registry.MustRegister(m.requests, m.inFlight, m.refused, build, newGaugeReader(workspaces, now), readyReader(ready),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{DisableCompression: true})
}

func (m *metrics) observe(route, method string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, methodLabel(method), strconv.Itoa(status)).Observe(took.Seconds())
}

// methodLabel keeps methods that clients make up out of the metrics.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// gaugeReader reads the workspaces' figures when it is asked, each at most once
// a second.
type gaugeReader struct {
	workspaces []*gauged
	now        func() time.Time
}

// gauged is a workspace and its latest figures.
type gauged struct {
	*Workspace
	latest glance[Gauges]
}

func newGaugeReader(workspaces []*Workspace, now func() time.Time) *gaugeReader {
	r := &gaugeReader{now: now}
	for _, w := range workspaces {
		if w.Gauges != nil {
			r.workspaces = append(r.workspaces, &gauged{Workspace: w})
		}
	}
	return r
}

// figures says how each of Gauges is shown.
var figures = []struct {
	name, help string
	kind       prometheus.ValueType
	queue      string // value of the label queue, "" for none
	of         func(Gauges) float64
}{
	{"liftmark_statements_stored_total", "xAPI statements stored.", prometheus.CounterValue, "", func(g Gauges) float64 { return float64(g.StatementsStored) }},
	{"liftmark_events_received_total", "Tracked events that arrived, with those sent again and those refused.", prometheus.CounterValue, "", func(g Gauges) float64 { return float64(g.EventsReceived) }},
	{"liftmark_events_refused_total", "Tracked events that were refused.", prometheus.CounterValue, "", func(g Gauges) float64 { return float64(g.EventsRefused) }},
	{"liftmark_events_duplicate_total", "Tracked events that were sent again.", prometheus.CounterValue, "", func(g Gauges) float64 { return float64(g.EventsDuplicate) }},
	{"liftmark_events_panics_total", "Panics that kept tracked events from being stored.", prometheus.CounterValue, "", func(g Gauges) float64 { return float64(g.EventsPanics) }},
	{"liftmark_state_commits_total", "Commits of the operational store, each with one sync of the disk.", prometheus.CounterValue, "", func(g Gauges) float64 { return float64(g.Commits) }},
	{"liftmark_state_commit_seconds_total", "Time spent in commits of the operational store.", prometheus.CounterValue, "", func(g Gauges) float64 { return g.CommitSeconds }},
	{"liftmark_state_written_bytes_total", "Bytes of statements, documents and attachments written.", prometheus.CounterValue, "", func(g Gauges) float64 { return float64(g.BytesWritten) }},
	{"liftmark_queue_length", "Things that wait to be written or sent.", prometheus.GaugeValue, "state", func(g Gauges) float64 { return float64(g.StateQueue) }},
	{"liftmark_queue_length", "Things that wait to be written or sent.", prometheus.GaugeValue, "track", func(g Gauges) float64 { return float64(g.TrackQueue) }},
	{"liftmark_queue_length", "Things that wait to be written or sent.", prometheus.GaugeValue, "forward", func(g Gauges) float64 { return float64(g.ForwardQueue) }},
	{"liftmark_dead_letters", "Statements that other record stores refused.", prometheus.GaugeValue, "", func(g Gauges) float64 { return float64(g.DeadLetters) }},
	{"liftmark_projector_lag_changes", "Changes of statements that are not facts yet.", prometheus.GaugeValue, "", func(g Gauges) float64 { return float64(g.ProjectorLag) }},
	{"liftmark_projector_lag_seconds", "Age of the oldest change that is no fact yet.", prometheus.GaugeValue, "", func(g Gauges) float64 { return g.ProjectorBehind }},
	{"liftmark_projector_failures_total", "Times that making facts of statements failed and was tried again.", prometheus.CounterValue, "", func(g Gauges) float64 { return float64(g.ProjectorFailures) }},
}

// Describe announces nothing: the workspaces say what they have.
func (*gaugeReader) Describe(chan<- *prometheus.Desc) {}

// Collect gives each workspace's figures.
func (r *gaugeReader) Collect(out chan<- prometheus.Metric) {
	for _, w := range r.workspaces {
		g := w.latest.look(r.now, w.Gauges)
		for _, f := range figures {
			names, values := []string{"workspace"}, []string{w.Name}
			if f.queue != "" {
				names, values = append(names, "queue"), append(values, f.queue)
			}
			out <- prometheus.MustNewConstMetric(prometheus.NewDesc(f.name, f.help, names, nil), f.kind, f.of(g), values...)
		}
	}
}

// readyReader asks which workspaces can be used, at most once a second.
type readyReader func() readiness

// Describe announces nothing: the workspaces say what they have.
func (readyReader) Describe(chan<- *prometheus.Desc) {}

// Collect gives whether each workspace can be used.
func (r readyReader) Collect(out chan<- prometheus.Metric) {
	about := prometheus.NewDesc("liftmark_workspace_ready", "1 when what the workspace keeps can be read and written, else 0.", []string{"workspace"}, nil)
	for name, usable := range r().usable {
		value := 0.0
		if usable {
			value = 1
		}
		out <- prometheus.MustNewConstMetric(about, prometheus.GaugeValue, value, name)
	}
}
