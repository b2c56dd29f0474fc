// Package config is the settings of one workspace: defaults, then the file
// liftmark.yaml in the workspace's directory, then the environment, then flags.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/caarlos0/env/v11"
	yaml "go.yaml.in/yaml/v4"

	"github.com/liftmark/liftmark/internal/fault"
)

// FileName is the settings file within a workspace's directory.
const FileName = "liftmark.yaml"

// Config is every setting. Keys of the file are the yaml tags, variables of the
// environment the env tags.
type Config struct {
	// Data is the workspace's directory. It cannot be set in the file, which lives there.
	Data string `yaml:"-" env:"LIFTMARK_DATA" json:"data"`
	// Company heads the reports.
	Company string `yaml:"company" env:"LIFTMARK_COMPANY" json:"company"`
	// Currency is the reporting currency, ISO 4217.
	Currency string `yaml:"currency" env:"LIFTMARK_CURRENCY" json:"currency"`
	// Rates value one unit of another currency in the reporting currency.
	Rates map[string]float64 `yaml:"rates" json:"rates,omitempty"`
	// Zone is the IANA time zone in which days and months begin and end.
	Zone string `yaml:"zone" env:"LIFTMARK_ZONE" json:"zone"`
	// MemoryMiB bounds the engine's buffers; the process takes up to twice that.
	MemoryMiB int `yaml:"memory_mib" env:"LIFTMARK_MEMORY_MIB" json:"memory_mib"`
	// Threads bounds the engine's threads; 0 takes all processors.
	Threads int `yaml:"threads" env:"LIFTMARK_THREADS" json:"threads"`
	// KPIs is a directory of a company's own KPI definitions; relative to Data.
	KPIs string `yaml:"kpis" env:"LIFTMARK_KPIS" json:"kpis"`
	// Server is read from the workspace in which `liftmark serve` is started.
	Server Server `yaml:"server" envPrefix:"LIFTMARK_" json:"server"`
}

// Default gives the settings of a workspace that sets none.
func Default() Config {
	return Config{Data: "liftmark-data", Company: "Your company", Currency: "USD", Zone: "UTC", MemoryMiB: 512, KPIs: "kpis", Server: defaultServer()}
}

// Load reads the settings: defaults, file, environment, then the flags that
// override applies. It reports every problem at once.
//
// Errors: fault.Invalid naming file, key and remedy.
func Load(override func(*Config)) (Config, error) {
	c := Default()
	if err := env.Parse(&c); err != nil {
		return c, fault.New(fault.Invalid, "environment: %w", err)
	}
	override(&c)
	data := c.Data
	c = Default()
	fileErr := c.readFile(filepath.Join(data, FileName))
	envErr := env.Parse(&c)
	override(&c)
	c.Data = data
	if err := errors.Join(fileErr, envErr, c.validate()); err != nil {
		return c, fault.New(fault.Invalid, "settings: %w", err)
	}
	return c, nil
}

func (c *Config) readFile(path string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(c); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

func (c *Config) validate() error {
	var problems []error
	problem := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if c.Data == "" {
		problem("data: empty; name the workspace's directory with --data or LIFTMARK_DATA")
	}
	if !currencyCode.MatchString(c.Currency) {
		problem("currency: %q is not an ISO 4217 code such as USD", c.Currency)
	}
	for _, code := range sortedKeys(c.Rates) {
		if !currencyCode.MatchString(code) {
			problem("rates: %q is not an ISO 4217 code such as EUR", code)
		}
		if rate := c.Rates[code]; !(rate > 0) {
			problem("rates: %s is %g; a rate is what one %s is worth in %s, above zero", code, rate, code, c.Currency)
		}
	}
	if _, err := time.LoadLocation(c.Zone); err != nil || c.Zone == "" {
		problem("zone: %q is not an IANA time zone such as Europe/Berlin", c.Zone)
	}
	if c.MemoryMiB < 64 {
		problem("memory_mib: %d is too little; give the engine at least 64", c.MemoryMiB)
	}
	if c.Threads < 0 {
		problem("threads: %d; use 0 for all processors or a number above zero", c.Threads)
	}
	problems = append(problems, c.Server.validate()...)
	return errors.Join(problems...)
}

func sortedKeys(m map[string]float64) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Location is Zone, loaded.
func (c *Config) Location() *time.Location {
	loc, err := time.LoadLocation(c.Zone)
	if err != nil {
		return time.UTC // Load refused such a zone already
	}
	return loc
}

// KPIDir is the directory of own KPI definitions, resolved against Data.
func (c *Config) KPIDir() string {
	if filepath.IsAbs(c.KPIs) {
		return c.KPIs
	}
	return filepath.Join(c.Data, c.KPIs)
}
