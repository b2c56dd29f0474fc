# Writes reference.json. Power by R's own noncentral distributions, sample
# sizes and effects by power.t.test / power.prop.test / pwr with a tight
# tolerance. Run inside this folder: Rscript reference.R
suppressMessages({library(jsonlite); library(pwr)})
right <- function(c, df, ncp) pt(c, df, ncp, lower.tail = FALSE)
grid <- expand.grid(df = c(1, 2.5, 10, 98, 1000), ncp = c(0, .5, 2.8, 6))
nct <- lapply(seq_len(nrow(grid)), function(i) { c <- qt(.975, grid$df[i]); list(df = grid$df[i], ncp = grid$ncp[i], right = right(c, grid$df[i], grid$ncp[i])) })
solve_n <- function(f, power, lo, hi) uniroot(function(n) f(n) - power, c(lo, hi), tol = 1e-13)$root
# Welch with the true variances
welch <- function(n, k, s1, s0, d) { a <- s1^2/n; b <- s0^2/(k*n); df <- (a+b)^2/(a^2/(n-1) + b^2/(k*n-1)); right(qt(.975, df), df, d/sqrt(a+b)) }
prop <- function(n, k, p1, p0) { pb <- (p1 + k*p0)/(1+k); pnorm((sqrt(n)*abs(p1-p0) - qnorm(.975)*sqrt(pb*(1-pb)*(1+1/k)))/sqrt(p1*(1-p1) + p0*(1-p0)/k)) }
clusters <- function(n, m, icc, cv, sd, d) { v <- sd^2*(1+((1+cv^2)*m-1)*icc)/m; df <- 2*n-2; right(qt(.975, df), df, d/sqrt(2*v/n)) }
anova <- function(n, k, f) pf(qf(.95, k-1, k*(n-1)), k-1, k*(n-1), k*n*f^2, lower.tail = FALSE)
cells <- expand.grid(n = c(5, 20, 45), k = c(2, 4, 7), f = c(.1, .25, .8))
seen <- function(h, g, A, F) integrate(function(e) h/(h+g)*(1-exp(-(h+g)*(F+A-e)))/A, 0, A, rel.tol = 1e-12)$value
V <- function(R, w) drop(t(w) %*% R %*% w)
panel <- function(m, k, r, ar) { R <- if (ar) r^abs(outer(1:(m+k), 1:(m+k), "-")) else { M <- matrix(r, m+k, m+k); diag(M) <- 1; M }
  a <- c(rep(0, m), rep(1/k, k)); b <- c(rep(1/m, m), rep(0, k)); list(m = m, k = k, r = r, ar = ar, after = V(R, a), change = V(R, a-b), covariance = V(R, a) - drop(t(a) %*% R %*% b)^2/V(R, b)) }
out <- list(nct = nct,
  t_size_strict = power.t.test(delta = .5, power = .8, strict = TRUE, tol = 1e-13)$n,
  t_size = power.t.test(delta = .5, power = .8, tol = 1e-13)$n,
  t_effect = power.t.test(n = 500, power = .8, tol = 1e-14)$delta,
  t_power_8 = power.t.test(n = 8, delta = 1.2)$power,
  paired_size = power.t.test(delta = .5, power = .9, type = "paired", tol = 1e-13)$n,
  welch = welch(40, 2, 1.5, 1, .6), welch_size = solve_n(function(n) welch(n, 2, 1.5, 1, .6), .9, 3, 1000),
  prop_size = power.prop.test(p1 = .5, p2 = .75, power = .9, tol = 1e-13)$n, prop_size_small = power.prop.test(p1 = .10, p2 = .12, power = .8, tol = 1e-13)$n,
  prop_effect = { p <- power.prop.test(n = 800, p1 = .2, power = .8, tol = 1e-14); p$p2 - p$p1 },
  prop_unequal = prop(300, 3, .15, .1), prop_unequal_size = solve_n(function(n) prop(n, 3, .15, .1), .8, 10, 1e5),
  arcsine_size = pwr.2p.test(h = ES.h(.12, .10), power = .8)$n,
  anova = lapply(seq_len(nrow(cells)), function(i) c(as.list(cells[i, ]), power = anova(cells$n[i], cells$k[i], cells$f[i]))),
  anova_size = solve_n(function(n) anova(n, 4, .25), .8, 3, 1000),
  clusters = clusters(9, 20, .05, .4, 2, 1), clusters_size = solve_n(function(n) clusters(n, 20, .05, .4, 2, 1), .8, 2, 1000),
  panel = unname(mapply(panel, c(1, 3, 6, 4), c(1, 2, 6, 8), c(.25, .6, .8, .7), c(FALSE, FALSE, TRUE, TRUE), SIMPLIFY = FALSE)),
  events_size = (qnorm(.975) + qnorm(.9))^2/(.3*.7*log(.65)^2),
  accrual = list(plain = .5*seen(.05, 0, 12, 6) + .5*seen(.05*.7, 0, 12, 6), loss = .3*seen(.02*.8, .01, 24, 12) + .7*seen(.02, .01, 24, 12)))
writeLines(toJSON(out, digits = I(17), auto_unbox = TRUE), "reference.json")
