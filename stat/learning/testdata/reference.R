# Writes reference.json. Simulated data and published tables; run in this folder.
suppressMessages({library(psych); library(numDeriv)})
set.seed(7)
out <- list()
# answers: 300 x 6 of a two-parameter model, some missing in a second copy
n <- 300; J <- 6; th <- rnorm(n); a <- c(.7, 1, 1.3, 1.6, .9, 1.1); b <- c(-1.5, -.8, -.2, .3, .9, 1.4)
X <- matrix(rbinom(n * J, 1, plogis(sweep(outer(th, b, "-"), 2, a, "*"))), n)
out$answers <- apply(X, 1, paste, collapse = "")
M <- X; M[sample(n * J, 90)] <- NA
out$missing <- apply(ifelse(is.na(M), "-", M), 1, paste, collapse = "")
# marginal maximum likelihood on 121 nodes, Newton from finite differences of the exact likelihood
q <- seq(-8, 8, length.out = 121); lw <- dnorm(q, log = TRUE); lw <- lw - log(sum(exp(lw)))
nll <- function(p, Y, model) { d <- p[1:J]; s <- switch(model, rasch = rep(1, J), onepl = rep(p[J + 1], J), twopl = p[J + 1:J])
  eta <- outer(q, s) + rep(d, each = length(q)); l1 <- plogis(eta, log.p = TRUE); l0 <- plogis(-eta, log.p = TRUE)
  A <- ifelse(is.na(Y), 0, Y); B <- ifelse(is.na(Y), 0, 1 - Y); L <- A %*% t(l1) + B %*% t(l0) + rep(lw, each = nrow(Y))
  m <- apply(L, 1, max); -sum(m + log(rowSums(exp(L - m)))) }
mml <- function(Y, model) { p <- c(qlogis(colMeans(Y, na.rm = TRUE)), switch(model, rasch = NULL, onepl = 1, twopl = rep(1, J)))
  p <- optim(p, nll, Y = Y, model = model, method = "BFGS", control = list(reltol = 1e-14, maxit = 500))$par
  for (k in 1:6) p <- p - solve(hessian(nll, p, Y = Y, model = model), grad(nll, p, Y = Y, model = model))
  list(par = p, se = sqrt(diag(solve(hessian(nll, p, Y = Y, model = model)))), loglik = -nll(p, Y, model)) }
out$onepl <- mml(X, "onepl"); out$twopl <- mml(X, "twopl"); out$rasch <- mml(X, "rasch"); out$twopl_missing <- mml(M, "twopl")
# conditional maximum likelihood by enumeration of all patterns, exact information
S <- rowSums(X); keep <- S > 0 & S < J; P <- as.matrix(expand.grid(rep(list(0:1), J))); tot <- rowSums(P)
cml <- function(e) { w <- exp(P %*% e); sum(X[keep, ] %*% e) - sum(log(tapply(w, tot, sum)[as.character(S[keep])])) }
info <- function(e) { w <- as.numeric(exp(P %*% e)); I <- matrix(0, J, J); g <- colSums(X[keep, ])
  for (r in 1:(J - 1)) { k <- tot == r; p <- w[k] / sum(w[k]); m <- colSums(p * P[k, ]); nr <- sum(S == r)
    I <- I + nr * (t(P[k, ]) %*% (p * P[k, ]) - m %o% m); g <- g - nr * m }
  list(I = I, g = g) }
e <- rep(0, J); for (k in 1:50) { i <- info(e); e <- e + as.numeric(solve(i$I + 1, i$g)) }
out$cml <- list(difficulty = -e, se = sqrt(diag(MASS::ginv(info(e)$I, tol = 1e-10))), loglik = cml(e))
# classical test theory
out$ctt <- list(p = colMeans(X), item_total = as.numeric(cor(X, S)), item_rest = sapply(1:J, function(j) cor(X[, j], S - X[, j])))
al <- psych::alpha(as.data.frame(X), warnings = FALSE)
k <- J; av <- k / (k - 1) * (1 - sum(apply(X, 2, var)) / var(S)); ps <- psych::alpha.ci(av, n.obs = n, n.var = k)
out$alpha <- list(alpha = av, psych = al$total$raw_alpha, without = al$alpha.drop$raw_alpha, sem = sd(S) * sqrt(1 - av),
  low = 1 - (1 - av) * qf(.975, n - 1, (n - 1) * (k - 1)), high = 1 - (1 - av) * qf(.025, n - 1, (n - 1) * (k - 1)),
  kr20 = k / (k - 1) * (1 - sum(colMeans(X) * (1 - colMeans(X))) / (mean(S^2) - mean(S)^2)))
att <- as.matrix(attitude); kk <- ncol(att); aa <- kk / (kk - 1) * (1 - sum(apply(att, 2, var)) / var(rowSums(att)))
out$attitude <- list(alpha = aa, sem = sd(rowSums(att)) * sqrt(1 - aa), without = psych::alpha(attitude)$alpha.drop$raw_alpha,
  low = 1 - (1 - aa) * qf(.975, 29, 29 * 6), high = 1 - (1 - aa) * qf(.025, 29, 29 * 6), values = as.numeric(t(att)))
# upper and lower 27 %, ties at the edge in proportion: expected value over random orders of the tied
disc <- function(x, s) { g <- .27 * length(s); side <- function(v) { w <- numeric(length(v)); left <- g
  for (u in sort(unique(v), decreasing = TRUE)) { i <- which(v == u); sh <- min(1, max(0, left / length(i))); w[i] <- sh; left <- left - length(i) }; sum(w * x) / sum(w) }
  side(s) - side(-s) }
out$ctt$discrimination <- sapply(1:J, function(j) disc(X[, j], S))
# knowledge tracing: likelihood by enumeration of when the skill was learnt; 400 people x 5
T <- 5; N <- 400; K <- matrix(0, N, T); know <- rbinom(N, 1, .35)
for (t in 1:T) { K[, t] <- rbinom(N, 1, ifelse(know == 1, .9, .25)); know <- ifelse(know == 1, 1, rbinom(N, 1, .2)) }
out$tracing_answers <- apply(K, 1, paste, collapse = "")
u <- unique(K); f <- as.numeric(table(factor(apply(K, 1, paste, collapse = ""), apply(u, 1, paste, collapse = ""))))
bkt <- function(p) { L <- p[1]; Tr <- p[2]; G <- p[3]; s <- p[4]; ll <- 0
  for (i in seq_len(nrow(u))) { x <- u[i, ]; l1 <- ifelse(x == 1, 1 - s, s); l0 <- ifelse(x == 1, G, 1 - G)
    w <- L * prod(l1) # known from the start; learnt after answer t; never
    for (t in 1:(T - 1)) w <- w + (1 - L) * (1 - Tr)^(t - 1) * Tr * prod(l0[1:t]) * prod(l1[(t + 1):T])
    w <- w + (1 - L) * (1 - Tr)^(T - 1) * prod(l0); ll <- ll + f[i] * log(w) }
  ll }
h <- function(x) -bkt(plogis(x)); x <- qlogis(c(.35, .2, .25, .1)); x <- optim(x, h, method = "BFGS", control = list(reltol = 1e-15, maxit = 500))$par
for (k in 1:5) x <- x - solve(hessian(h, x), grad(h, x))
out$tracing <- list(par = plogis(x), se_logit = sqrt(diag(solve(hessian(h, x)))), loglik = -h(x))
# forgetting: binomial with log link, and nonlinear least squares on Ebbinghaus's savings
tt <- c(0, 1, 2, 7, 14, 30, 60); asked <- rep(80, 7); right <- c(70, 66, 61, 50, 37, 21, 9)
fit <- function(x) { m <- glm(cbind(right, asked - right) ~ x, family = binomial(link = "log"), start = c(-.1, -.01), control = list(epsilon = 1e-14, maxit = 500)); s <- summary(m)$coef
  list(coef = unname(coef(m)), se = unname(s[, 2]), deviance = deviance(m), loglik = as.numeric(logLik(m))) }
out$forgetting <- list(exponential = fit(tt), power = fit(log1p(tt)))
day <- c(1/3, 1, 8.8, 24, 48, 144, 744) / 24; sav <- c(.582, .442, .358, .337, .278, .254, .211)
curve1 <- deriv(~ a * exp(-r * x), c("a", "r"), function(a, r, x) NULL)
nl <- function(x) { best <- function(r) { e <- exp(-r * x); sum(sav * e) / sum(e^2) }
  r <- optimize(function(r) sum((sav - best(r) * exp(-r * x))^2), c(1e-4, 1), tol = 1e-14)$minimum
  m <- nls(sav ~ curve1(a, r, x), start = list(a = best(r), r = r), control = nls.control(tol = 1e-8)); v <- summary(m)$coef
  list(par = unname(v[, 1]), se = unname(v[, 2]), rss = deviance(m), loglik = as.numeric(logLik(m)), aic = AIC(m)) }
out$ebbinghaus <- list(exponential = nl(day), power = nl(log1p(day * 24)))
# gains
pre <- c(3, 5, 2, 10, 0, 7, 4, 6, 8, 10, 1, 5); post <- c(7, 8, 6, 10, 0, 9, 3, 8, 10, 9, 6, 5); g <- sum(post - pre) / sum(10 - pre)
r <- (post - pre) - g * (10 - pre); seg <- sd(r) / sqrt(12) / mean(10 - pre)
ch <- ifelse(post > pre, (post - pre) / (10 - pre), ifelse(post < pre, (post - pre) / pre, 0))[!(pre == post & pre %in% c(0, 10))]
tt2 <- t.test(ch); be <- post - (6 + .6 * (pre - 6)); tb <- t.test(be); to <- t.test(post - pre)
out$gain <- list(pre = pre, post = post, class = g, class_se = seg, class_low = g - qt(.975, 11) * seg, class_high = g + qt(.975, 11) * seg,
  person = unname(tt2$estimate), person_low = tt2$conf.int[1], person_high = tt2$conf.int[2], person_p = tt2$p.value,
  observed = unname(to$estimate), observed_p = to$p.value, beyond = unname(tb$estimate), beyond_low = tb$conf.int[1], beyond_p = tb$p.value, expected = unname(to$estimate - tb$estimate))
jsonlite::write_json(out, "reference.json", digits = NA, auto_unbox = TRUE, pretty = FALSE)
