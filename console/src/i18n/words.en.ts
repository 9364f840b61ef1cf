/** The service's own words: states, channels, devices. The keys are the words as they come on the wire. */
import type { Catalogue } from '$lib/message';

export default {
  // Presence.
  active: 'Active',
  idle: 'Idle',
  left: 'Left',
  // Chat.
  queued: 'Waiting',
  chatting: 'Chatting',
  ended: 'Chat ended',
  // Invitation.
  none: 'None',
  held: 'Held back',
  offered: 'Offered',
  shown: 'Shown',
  accepted: 'Accepted',
  dismissed: 'Dismissed',
  ignored: 'Ignored',
  expired: 'Expired',
  revoked: 'Taken back',
  withheld: 'Held back',
  // Stages.
  cold: 'Cold',
  warm: 'Warm',
  hot: 'Hot',
  searching: 'Searching',
  stuck: 'Stuck',
  // Devices.
  desktop: 'Desktop',
  mobile: 'Mobile',
  tablet: 'Tablet',
  tv: 'TV',
  other: 'Other',
  // Channels.
  direct: 'Direct',
  organic_search: 'Organic search',
  paid_search: 'Paid search',
  social: 'Social',
  paid_social: 'Paid social',
  email: 'E-mail',
  referral: 'Referral',
  display: 'Display',
  affiliate: 'Affiliate',
  campaign: 'Campaign',
  ai_assistant: 'AI assistant',
  sms: 'SMS',
  chat: 'Chat',
  phone: 'Phone',
  // Page types of many sites.
  pricing: 'Pricing',
  sales: 'Sales',
  product: 'Product',
  products: 'Products',
  help: 'Help',
  docs: 'Docs',
  contact: 'Contact',
  home: 'Home',
  checkout: 'Checkout',
  blog: 'Blog',
  support: 'Support',
  landing: 'Landing',
  cart: 'Cart',
  other_page: 'Other page',
  // Tones.
  welcome: 'Welcome',
  // Scores of many sites.
  buy: 'Buy',
  fit: 'Fit',
  // Roles.
  administrator: 'Administrator',
  marketer: 'Marketer',
  agent: 'Agent',
  viewer: 'Viewer',
} satisfies Catalogue;
