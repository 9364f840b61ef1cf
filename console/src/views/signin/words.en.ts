export default {
  'title': 'Sign in',
  'lead': 'See who is on your site, and greet them.',
  'email': 'E-mail',
  'password': 'Password',
  'go': 'Sign in',
  'wrong': 'E-mail or password is wrong.',
  'slow': 'Too many attempts. Wait a moment and try again.',
  'slow.for': { one: 'Too many attempts. Try again in {n} second.', other: 'Too many attempts. Try again in {n} seconds.' },
  'needed.email': 'Enter your e-mail address.',
  'needed.password': 'Enter your password.',
  'lost': 'Forgotten your password? An administrator can send you a new link.',
};
