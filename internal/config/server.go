package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// Server is how `liftmark serve` listens and whom it trusts.
type Server struct {
	// Listen is the address and port.
	Listen string `yaml:"listen" env:"LISTEN" json:"listen"`
	// PublicURL is where clients reach the server when it stands behind a proxy.
	PublicURL string `yaml:"public_url" env:"PUBLIC_URL" json:"public_url,omitempty"`
	// TrustedProxies are networks (CIDR) whose X-Forwarded-For is believed.
	TrustedProxies []string `yaml:"trusted_proxies" env:"TRUSTED_PROXIES" json:"trusted_proxies,omitempty"`
	// Origins are the web origins that may call the record store and the
	// tracking API from a browser; empty: all.
	Origins []string `yaml:"origins" env:"ORIGINS" json:"origins,omitempty"`
	// MaxRequests bounds the requests that are handled at once.
	MaxRequests int `yaml:"max_requests" env:"MAX_REQUESTS" json:"max_requests"`
	// MaxBodyMiB bounds the body of a request to the record store.
	MaxBodyMiB int `yaml:"max_body_mib" env:"MAX_BODY_MIB" json:"max_body_mib"`
}

func defaultServer() Server {
	return Server{Listen: "127.0.0.1:8080", MaxRequests: 256, MaxBodyMiB: 32}
}

func (s *Server) validate() (problems []error) {
	problem := func(format string, args ...any) { problems = append(problems, fmt.Errorf("server: "+format, args...)) }
	if _, _, err := net.SplitHostPort(s.Listen); err != nil {
		problem("listen: %q is not an address and port such as 127.0.0.1:8080", s.Listen)
	}
	if s.PublicURL != "" && !isWebURL(s.PublicURL) {
		problem("public_url: %q is not a URL such as https://liftmark.example.com", s.PublicURL)
	}
	for _, network := range s.TrustedProxies {
		if _, err := netip.ParsePrefix(network); err != nil {
			problem("trusted_proxies: %q is not a network such as 10.0.0.0/8", network)
		}
	}
	for _, origin := range s.Origins {
		if !isWebURL(origin) || strings.Count(origin, "/") != 2 {
			problem("origins: %q is not an origin such as https://learn.example.com, without a path", origin)
		}
	}
	if s.MaxRequests < 1 {
		problem("max_requests: %d; allow at least 1", s.MaxRequests)
	}
	if s.MaxBodyMiB < 1 {
		problem("max_body_mib: %d; allow at least 1", s.MaxBodyMiB)
	}
	return problems
}

func isWebURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
